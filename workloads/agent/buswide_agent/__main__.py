from buswide_agent.cli import main

main()
